"""The version of Django whose insides `apps/core/sql/prepared.py` knows."""

import django

KNOWN = (5, 2)
CHECK = """Django is now {now}, and apps/core/sql/prepared.py was last checked against {known}.

Read in the new version what it leans on, then set KNOWN here:
- SQLCompiler: as_sql, setup_query, select, klass_info["select_fields"], get_converters, apply_converters,
  results_iter(execute_sql(MULTI)): `_rows` and `_compile` replace the first two and call the others;
- RelatedPopulator: cols_start, cols_end, pk_idx, init_list, model_cls, related_populators, local_setter, and the
  arguments of get_related_populators: `_join` does what `populate` does;
- Model.from_db and ModelState: `made_of` does what they do, without the constructor;
- JSONField.from_db_value and the UUIDs of drivers (features.has_native_uuid_field).
tests/core/sql/test_prepared.py compares all of it with plain querysets, on both databases.
"""


def test_version_of_django_is_the_one_that_prepared_queries_know() -> None:
    assert django.VERSION[:2] == KNOWN, CHECK.format(now=django.__version__, known=".".join(map(str, KNOWN)))
