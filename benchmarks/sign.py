"""Time of one signature: `python sign.py ours|vendor` prints nanoseconds."""

import statistics
import sys
import time
from collections.abc import Callable

URL = "https://metastudio.cn-north-4.myhuaweicloud.com/v1/6a6a1f8354f64dd9b9a614def7b59d83"
PATH = "/files/24bad716-87b1-45e5-8912-6102f7693265/complete"
HEADERS = {
    "Content-Type": "application/json",
    "X-Project-Id": "6a6a1f8354f64dd9b9a614def7b59d83",
}
BODY = b'{"state":"CREATED"}'
BATCH, BATCHES = 1000, 30


def batch_of_ours() -> Callable[[], None]:
    from metastudio import Credentials, Signer

    sign = Signer(Credentials("QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6Pznpd")).sign
    url = URL + PATH

    def batch() -> None:
        for _ in range(BATCH):
            sign("POST", url, HEADERS, BODY)

    return batch


def batch_of_vendors() -> Callable[[], None]:
    from types import SimpleNamespace

    from huaweicloudsdkcore.sdk_request import SdkRequest
    from huaweicloudsdkcore.signer.signer import Signer

    signer = Signer(SimpleNamespace(ak="QTWAOYTTINDUT2QVKYUC", sk="MFyfvK41ba2giqM7Uio6Pznpd"))
    _, _, rest = URL.partition("://")
    host, _, prefix = rest.partition("/")
    # It changes the request that it signs, so each one is new, and made outside of the time.
    requests = [
        SdkRequest(
            method="POST",
            schema="https",
            host=host,
            resource_path=f"/{prefix}{PATH}",
            query_params=[],
            header_params=dict(HEADERS),
            body=BODY,
        )
        for _ in range(BATCH * (BATCHES + 1))
    ]
    unsigned = iter(requests)

    def batch() -> None:
        for _ in range(BATCH):
            signer.sign(next(unsigned))

    return batch


def main() -> None:
    batch = batch_of_ours() if sys.argv[1] == "ours" else batch_of_vendors()
    batch()
    times = []
    for _ in range(BATCHES):
        start = time.perf_counter_ns()
        batch()
        times.append((time.perf_counter_ns() - start) / BATCH)
    print(statistics.median(times))


if __name__ == "__main__":
    main()
