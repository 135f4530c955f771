"""A Dask cluster as an executor: one that runs already, or workers of this machine."""

import importlib
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from study import machine
from study.errors import StudyError
from study.pipeline.shards import Opening, Workers, check, versions

_LOCAL = re.compile(r"local:([1-9]\d{0,2})")
_RETRIES = 3
"""How often a shard is done again whose worker died."""
_PATIENCE = "20s"


@contextmanager
def dask_workers(address: str, opening: Opening) -> Iterator[Workers]:
    """Yield workers of a Dask cluster; what was started here ends with the context.

    Parameters
    ----------
    address
        ``tcp://HOST:8786``, a running scheduler, or ``local:N`` for N processes of one thread each.
    opening
        How workers open the study.

    Raises
    ------
    StudyError
        If Dask is missing, the address is none or nobody answers there, there are no workers, or
        one has other versions of what can change a number.
    """
    local = _LOCAL.fullmatch(address)
    if not local and not re.match(r"(?:tcp|tls)://[^\s/]+:\d+$", address):
        raise StudyError(
            f"--cluster: expected tcp://HOST:PORT of a Dask scheduler or local:N, found {address!r}"
        )
    try:
        dask: Any = importlib.import_module("dask")
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise StudyError("--cluster needs Dask: pip install 'study[cluster]'") from None
    settings: dict[str, Any] = {
        "distributed.admin.log-format": "%(message)s",
        "distributed.logging": {"distributed": "critical"},
        "distributed.comm.timeouts.connect": _PATIENCE,
        "distributed.scheduler.allowed-failures": _RETRIES,
        "distributed.worker.daemon": True,
    }
    with dask.config.set(settings), tempfile.TemporaryDirectory(prefix="study-dask-") as folder:
        lost: tuple[type[BaseException], ...] = (
            distributed.KilledWorker,
            distributed.comm.CommClosedError,
            TimeoutError,
            OSError,
        )
        try:
            started = _started(distributed, int(local[1]), folder) if local else None
            client = distributed.Client(started or address, set_as_default=False, timeout=_PATIENCE)
        except OSError as error:
            raise StudyError(
                f"--cluster: nobody answers at {address}: {' '.join(str(error).split())[:200]}"
            ) from None
        try:
            _check_workers(client, address)
            with client.get_executor(retries=_RETRIES, pure=False) as executor:
                yield Workers(executor, opening, lost)
        finally:
            client.close(timeout=5)
            if started is not None:
                started.close(timeout=5)


def _started(distributed: Any, count: int, folder: str) -> Any:
    """Start worker processes here, of one compute thread each."""
    machine.share()
    return distributed.LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        local_directory=folder,
        env={"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"},
    )


def _check_workers(client: Any, address: str) -> None:
    """Refuse a cluster without workers, or with workers that would compute something else."""
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError:
        raise StudyError(f"--cluster: the scheduler at {address} has no workers") from None
    for worker, found in client.run(versions).items():
        check(found, versions(), worker)
