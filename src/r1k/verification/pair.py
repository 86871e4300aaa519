"""From a source row and an inverter's draft to a checked pair."""

from r1k.config import Config
from r1k.inversion.llm import Draft, inverter_version, prompt_version
from r1k.schema import Check, Pair, Problem, Provenance, Source, canonical, public_name, sha256
from r1k.verification.checks import NEAR_DUPLICATE, Subject, run_checks, verdict
from r1k.verification.equal import Equality


def pair_id(source: Source) -> str:
    """16 hex digits: the same for the same problem with the same id in its source."""
    problem = source.problem
    content = [problem.question, problem.answer] if problem else [source.sha256, source.row]
    return sha256(canonical([source.id, *content]))[:16]


def provenance(source: Source, origin: dict[str, str | None], config: Config) -> Provenance:
    """What is known of a row's origin before anything is made of it."""
    invert, solve = config.llm.invert, config.llm.solve
    by_model = config.inverter == "llm"
    sampling = {
        role: model.model_dump(exclude={"model", "revision"})
        for role, model in (("invert", invert if by_model else None), ("solve", solve))
        if model
    }
    return Provenance(
        source=origin["source"] or "",
        source_config=origin.get("config"),
        source_split=origin.get("split"),
        source_revision=origin.get("revision"),
        source_row=source.row,
        source_id=source.id,
        source_sha256=source.sha256,
        source_grade=source.grade,
        inverter=config.inverter,
        inverter_version=inverter_version(config),
        prompt_version=prompt_version(config),
        model=public_name(invert.model) if invert and by_model else None,
        model_revision=invert.revision if invert and by_model else None,
        solver=public_name(solve.model) if solve else None,
        solver_revision=solve.revision if solve else None,
        sampling=canonical(sampling).decode() if sampling else None,
        seed=config.seed,
    )


def unusable(source: Source, origin: dict[str, str | None], config: Config, why: str) -> Pair:
    """The record of a row of which no pair was made."""
    return Pair(
        pair_id=pair_id(source),
        verdict="rejected",
        reasons=[why],
        forward=source.problem or Problem(question=""),
        reverse=None,
        given=None,
        checks=[],
        provenance=provenance(source, origin, config),
    )


def make_pair(
    source: Source, draft: Draft, origin: dict[str, str | None], config: Config, equal: Equality
) -> Pair:
    """Check a draft and keep the solver's trace that returns the hidden given, or the inverter's
    own where no solver was asked."""
    assert source.problem
    subject = Subject(source.problem, source.grade, draft, config.checks, equal)
    checks = run_checks(subject)
    if draft.question:
        # Until the curation stage, which sees all pairs, finds otherwise.
        near, version = NEAR_DUPLICATE
        required = near in config.checks.required
        checks.append(
            Check(id=near, version=version, outcome="pass", required=required, evidence="")
        )
    given_verdict, reasons = verdict(checks)
    kept = subject.kept()
    right = bool(kept and kept in subject.right)
    reverse = None
    if draft.question:
        reverse = Problem(
            question=draft.question,
            trace=kept.trace if kept else draft.trace,
            # A right sample may write 60.0 for 60; the answer is kept as the source states it.
            answer=draft.expected if right or not kept else kept.answer,
            answer_from="given" if right or not kept else kept.answer_from,
            reference=draft.expected,
            tokens=kept.tokens if kept else None,
        )
    return Pair(
        pair_id=pair_id(source),
        verdict=given_verdict,
        reasons=reasons,
        forward=source.problem,
        reverse=reverse,
        given=draft.given,
        checks=checks,
        provenance=provenance(source, origin, config).model_copy(
            update={
                "samples": len(draft.attempts),
                "samples_right": len(subject.right),
                "prompt_tokens": draft.prompt_tokens,
                "completion_tokens": draft.completion_tokens,
            }
        ),
    )
