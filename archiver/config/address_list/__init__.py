"""Lists of addresses (docs/spec/address-list.md): bytes in, rows and problems out. Nothing here opens a file."""

from archiver.config.address_list.read import read_list

__all__ = ["read_list"]
