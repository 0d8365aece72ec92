"""What a server counts, as text that collectors read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

BOUNDS = (0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)


@dataclass
class Metrics:
    """Requests by what was asked and how it ended, and how long they took."""

    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    buckets: Counter[float] = field(default_factory=Counter)
    seconds: float = 0.0

    def note(self, ask: str, outcome: str, seconds: float) -> None:
        """One request that was answered."""
        self.requests[ask, outcome] += 1
        self.seconds += seconds
        for bound in BOUNDS:
            if seconds <= bound:
                self.buckets[bound] += 1

    def text(self, gauges: Mapping[str, float]) -> str:
        """The counts, and beside them what is measured at this moment."""
        lines = ["# TYPE symgd_requests_total counter"]
        for (ask, outcome), n in sorted(self.requests.items()):
            lines.append(f'symgd_requests_total{{ask="{ask}",outcome="{outcome}"}} {n}')
        lines.append("# TYPE symgd_request_seconds histogram")
        for bound in BOUNDS:
            lines.append(f'symgd_request_seconds_bucket{{le="{bound}"}} {self.buckets[bound]}')
        count = sum(self.requests.values())
        lines.append(f'symgd_request_seconds_bucket{{le="+Inf"}} {count}')
        lines.append(f"symgd_request_seconds_sum {self.seconds:.6f}")
        lines.append(f"symgd_request_seconds_count {count}")
        for name, value in gauges.items():
            lines += [f"# TYPE symgd_{name} gauge", f"symgd_{name} {value:g}"]
        return "\n".join(lines) + "\n"


__all__ = ["Metrics"]
