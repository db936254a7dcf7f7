"""What these tests share."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext


@pytest.fixture
def django_queries():
    return lambda: CaptureQueriesContext(connection)
