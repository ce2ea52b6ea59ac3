"""The only room in which the ORM is left behind: SQL that is compiled or prepared once and run often.

`statements` runs prepared statements on PostgreSQL. `prepared` compiles a queryset once for a process and runs it with
new values. `rows` inserts and changes rows in one prepared statement. `lookups` are conditions that an index answers,
`limits` bound in time what none does. `connections` gives a thread's connection back.
Everything works on SQLite too, there by way of Django's cursors. `prepared` leans on Django's own SQL compiler; a test
names the Django version that it was written for.
"""
