"""A program that ends while a daemon thread waits for an answer that never comes."""

import json
import threading

import metastudio

from child_servers import scripted_server

asked = threading.Event()


def say_nothing() -> None:
    asked.set()


keys = metastudio.Credentials("AccessKey", "SecretKey")
with scripted_server(say_nothing) as url:
    client = metastudio.Client(endpoint=url, project_id="p", credentials=keys)
    threading.Thread(target=client.confirm_file_upload, args=("f",), daemon=True).start()
    assert asked.wait(30)
    print(json.dumps("ends"))
