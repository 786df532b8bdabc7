"""Django on openGauss and GaussDB: Django's own postgresql backend, with what these servers lack or say otherwise.

Rests on Django and psycopg 3 alone, so that it is also built as a distribution of its own, django-opengauss.
"""
