"""Every route and who may call it at all. What they then see and may do there is for the services to say.

`public`: anybody. `page`: a signed-in person. `api`: a person or an application. `admin`: administrators.
"""

ACCESS: dict[str, str] = {
    "healthz": "public",
    "readyz": "public",
    "admin/**": "admin",
    # The REST contract
    "api/v1/**": "public",  # the problem document of what is not there
    "api/v1/me": "api",
}
