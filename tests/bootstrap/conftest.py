"""Small checkouts for the launcher to set up."""

from collections.abc import Callable, Iterator

import pytest

from tests.bootstrap.checkout import Checkout, fill


@pytest.fixture(scope="session")
def new_checkout(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Checkout]:
    """Makes small checkouts in which nothing is set up yet."""

    def make() -> Checkout:
        base = tmp_path_factory.mktemp("launcher")
        checkout = Checkout(base / "a folder (with spaces)", base / "tools", base / "wheels")
        for folder in (checkout.root, checkout.tools, checkout.wheels):
            folder.mkdir()
        fill(checkout)
        return checkout

    return make


@pytest.fixture
def checkout(new_checkout: Callable[[], Checkout]) -> Checkout:
    """A small checkout in which nothing is set up yet."""
    return new_checkout()


@pytest.fixture(scope="session")
def lasting(new_checkout: Callable[[], Checkout]) -> Checkout:
    """The small checkout behind `ready`."""
    return new_checkout()


@pytest.fixture
def ready(lasting: Checkout) -> Iterator[Checkout]:
    """A small checkout that is set up. What it asks for may be changed; it is put back afterwards."""
    asked = [*lasting.root.glob("requirements*.lock"), *lasting.root.glob("src/liwa/portal/frontend/*")]
    before = {file: file.read_bytes() for file in asked}
    done = lasting.run("setup")
    assert done.returncode == 0, done.stderr
    yield lasting
    for file, content in before.items():
        file.write_bytes(content)
