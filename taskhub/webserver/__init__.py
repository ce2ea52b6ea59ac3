"""The web server's processes: granian's HTTP engine, which runs our WSGI application in a pool of threads.

A slow client costs a connection, never a thread. granian's own WSGI mode gives a request a thread as soon as its head
has arrived, and that thread then waits for the body, for ever if need be. Here the body is read first, by granian's
event loop, under a deadline and a minimum rate; only a complete request takes a thread. Answers are handed to the
event loop as a whole or as a file, so that a slow reader holds no thread either.

- `worker`: starts granian's engine in a web process and connects it with the modules below.
- `bodies`: receives the bodies of requests.
- `exchange`: one request and its answer: WSGI's environ, and how an answer is sent.

`worker` uses two classes that granian does not document; .requirements.in pins its minor version for that reason.
"""
