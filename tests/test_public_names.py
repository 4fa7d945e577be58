"""`import cotransfer`: the few public names, and nothing loaded before it is needed."""

import subprocess
import sys

import pytest

import cotransfer


def test_every_public_name_is_there() -> None:
    """Whatever is promised can be imported, is what its own module has, and is listed."""
    for name in cotransfer.__all__:
        value = getattr(cotransfer, name)
        assert value is getattr(sys.modules[value.__module__], name)
        assert name in dir(cotransfer)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A typing error is told as Python always tells it."""
    with pytest.raises(AttributeError, match="no attribute 'open_offices'"):
        _ = cotransfer.open_offices


def test_the_import_is_light() -> None:
    """`import cotransfer` loads none of our modules and no other package."""
    script = "import sys; known = set(sys.modules); import cotransfer; print(*sorted(set(sys.modules) - known))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "cotransfer.app" not in done.stdout
    assert loaded - set(sys.stdlib_module_names) == {"cotransfer"}
