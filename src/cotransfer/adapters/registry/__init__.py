"""The certificate registry over HTTP, as `contracts/v1/registry.openapi.yaml` says. Reads only, and keeps nothing."""

from cotransfer.adapters.registry.client import HttpRegistry

__all__ = ["HttpRegistry"]
