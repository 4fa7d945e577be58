"""A utility that serves `contracts/v1/utility.openapi.yaml` as it is written."""

from cotransfer.adapters.utilities.standard.client import StandardUtility

connect = StandardUtility

__all__ = ["StandardUtility", "connect"]
