"""What the data office asks about accounts."""

from typing import Any

from liwa.accounts.models import Account


def account_rows() -> list[dict[str, Any]]:
    """Every account: {user, person, duties, active, last_sign_in}."""
    accounts = Account.objects.prefetch_related("grants").order_by("username")
    return [
        {
            "user": account.username,
            "person": account.person_id,
            "duties": ", ".join(sorted(grant.duty for grant in account.grants.all())),
            "active": account.is_active,
            "last_sign_in": account.last_login,
        }
        for account in accounts
    ]
