"""A worker of the package, as an integrator would write it: the title of a task says how it goes."""

import time

from taskhub_client import Nonrecoverable, Worker

worker = Worker(name="good", concurrency=3, wait=1)


@worker.function("rehearsed")
def rehearse(task):
    if task.document["title"] == "fails":
        raise Nonrecoverable("It cannot be done.")
    if task.document["title"] == "long":
        for percent in range(0, 100, 10):
            task.heartbeat(progress=percent, checkpoint={"percent": percent})
            time.sleep(0.5)
    return {"delivery": task.delivery}
