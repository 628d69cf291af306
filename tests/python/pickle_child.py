"""A worker: gets a client as a pickle, makes one call with it, and says how that ended."""

import json
import pickle
import sys

import metastudio

client = pickle.loads(sys.stdin.buffer.read())
said = {"repr": repr(client)}
try:
    created = client.create_file("f.mp4", file_size=1, file_md5=bytes(16), asset_id="a")
    said["file_id"] = created.file_id
except metastudio.MetaStudioError as error:
    said |= {"error": type(error).__name__, "text": str(error)}
print(json.dumps(said))
