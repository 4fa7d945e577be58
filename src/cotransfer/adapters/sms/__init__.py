"""Notices by SMS, for what WeChat could not deliver: through a service that keeps contracts/v1/sms.openapi.yaml.

A city puts its provider behind that contract. Never sends a name, a certificate, an account or an address.
"""

from cotransfer.adapters.sms.notifier import SmsNotifier

__all__ = ["SmsNotifier"]
