"""What is measured of each contestant, and how it is printed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import log2
from time import perf_counter

from benchmarks.matching.world import Question


@dataclass(frozen=True, slots=True)
class Answer:
    """The reference codes found, best first; whether it was decided without a human; the probability of the first."""

    codes: Sequence[str]
    taken: bool = False
    probability: float | None = None


@dataclass(slots=True)
class Result:
    """Of one contestant on one set of questions. Times in milliseconds."""

    name: str
    times: list[float] = field(default_factory=list)
    answers: list[tuple[Question, Answer]] = field(default_factory=list)

    def line(self) -> str:
        """One row of a Markdown table."""
        present = [(question, answer) for question, answer in self.answers if question.right]
        absent = [answer for question, answer in self.answers if not question.right]
        first = sum(bool(question.right.intersection(answer.codes[:1])) for question, answer in present)
        shown = sum(bool(question.right.intersection(answer.codes[:5])) for question, answer in present)
        taken = [(question, answer) for question, answer in self.answers if answer.taken]
        right = sum(bool(question.sole.intersection(answer.codes[:1])) for question, answer in taken)
        cells = [self.name, f"{first / len(present):.3f}", f"{shown / len(present):.3f}"]
        if taken:
            wrong = len(taken) - right
            accepted = sum(answer.taken for answer in absent)
            cells += [f"{right / len(present):.3f}", f"{right / len(taken):.4f} ({wrong} wrong of {len(taken)})"]
            cells += [f"{accepted} of {len(absent)}", f"{self.calibration_error():.3f}"]
        else:
            cells += ["", "", "", ""]
        times = sorted(self.times)
        cells += [f"{times[int(len(times) * part)]:.2f}" for part in (0.5, 0.95, 0.99)]
        cells.append(f"{1000 * len(times) / sum(times):.0f}")
        return f"| {' | '.join(cells)} |"

    def calibration_error(self) -> float:
        """Expected calibration error in ten bins: how far the stated probability of the first is from how often it is
        right."""
        bins: dict[int, list[tuple[float, bool]]] = {}
        for question, answer in self.answers:
            if answer.codes and answer.probability is not None:
                right = answer.codes[0] in question.right
                bins.setdefault(min(9, int(answer.probability * 10)), []).append((answer.probability, right))
        total = sum(map(len, bins.values()))
        apart = (abs(sum(said for said, _ in one) - sum(right for _, right in one)) for one in bins.values())
        return sum(apart) / total if total else 0.0

    def wrong(self) -> list[str]:
        """What was decided and is not right: the query, what was taken, what it should have been."""
        return [
            f"- {question.kind}: {question.cells}; taken {answer.codes[0]}, "
            f"right {sorted(question.sole or question.right) or 'nothing'}"
            for question, answer in self.answers
            if answer.taken and answer.codes[0] not in question.sole
        ]

    def reliability(self) -> list[str]:
        """For each tenth of stated probability: number of queries, mean of what was stated, share that was right."""
        lines = ["| stated | queries | mean stated | right |", "|---|---|---|---|"]
        for tenth in range(10):
            found = [
                (answer.probability, answer.codes[0] in question.right)
                for question, answer in self.answers
                if answer.codes and answer.probability is not None and min(9, int(answer.probability * 10)) == tenth
            ]
            if found:
                said, right = (sum(one[side] for one in found) / len(found) for side in (0, 1))
                lines.append(f"| {tenth / 10:.1f}-{tenth / 10 + 0.1:.1f} | {len(found)} | {said:.3f} | {right:.3f} |")
        return lines

    def plot(self) -> str:
        """The same as an SVG picture: stated against right, a circle for each tenth, the area by how many queries."""
        circles = []
        for line in self.reliability()[2:]:
            _empty, _tenth, count, said, right, _end = (cell.strip() for cell in line.split("|"))
            x, y, size = 40 + 320 * float(said), 360 - 320 * float(right), 2 + 2 * log2(int(count) + 1)
            circles.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}"><title>{count}</title></circle>')
        marks = "".join(
            f'<text x="{40 + 320 * part:.0f}" y="378" text-anchor="middle">{part}</text>'
            f'<text x="34" y="{364 - 320 * part:.0f}" text-anchor="end">{part}</text>'
            for part in (0, 0.5, 1)
        )
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" font-family="sans-serif" font-size="12">'
            '<rect width="400" height="400" fill="#fff"/><path d="M40 40V360H360" fill="none" stroke="#555"/>'
            f'<path d="M40 360L360 40" stroke="#999" stroke-dasharray="4 4"/>{marks}'
            '<text x="200" y="395" text-anchor="middle">stated probability</text>'
            '<text x="12" y="200" text-anchor="middle" transform="rotate(-90 12 200)">share that is right</text>'
            f'<g fill="#1c6dd0" fill-opacity=".55">{"".join(circles)}</g></svg>\n'
        )


HEADER = (
    "| | recall@1 | recall@5 | decided | precision of decided | absent accepted | calibration error "
    "| p50 ms | p95 ms | p99 ms | queries/s |\n|---|---|---|---|---|---|---|---|---|---|---|"
)


def ask(name: str, questions: list[Question], find: Callable[[dict[str, str]], Answer], warm: int = 50) -> Result:
    """Asks every question, one after another, after some that only warm up."""
    result = Result(name)
    for question in questions[:warm]:
        find(question.cells)
    for question in questions:
        begun = perf_counter()
        answer = find(question.cells)
        result.times.append((perf_counter() - begun) * 1000)
        result.answers.append((question, answer))
    return result
