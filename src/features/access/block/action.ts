import type { ProblemName } from "../../../http/problem.ts";
import { originOf, type Exchange } from "../../../pipeline/exchange.ts";
import type { ActionStage, RefusedVerdict } from "../action.ts";
import { refusalOf } from "../notice/refusal.ts";
import type { AccessPolicy } from "../policy.ts";

type Status = NonNullable<AccessPolicy["status"]>;

interface Words {
  readonly name: ProblemName;
  /** The sentence of a rule without a message. */
  readonly detail: string;
}

/** The problems by status. */
const PROBLEM_OF: Readonly<Record<Status, Words>> = {
  401: { name: "authorization-required", detail: "Send the request with valid credentials." },
  403: {
    name: "access-refused",
    detail: "The operator of this site does not admit this client here.",
  },
  404: { name: "not-found", detail: "The address may be misspelt." },
  410: { name: "gone", detail: "It is no longer available, and has no new address." },
  429: { name: "too-many-requests", detail: "The operator of this site asks this client to stop." },
  451: {
    name: "legal-reasons",
    detail: "A legal demand requires that this client gets no access.",
  },
};

/** Refuses every request. */
export function blockAction(): ActionStage {
  return {
    onRequest: blocked,
    refusesPage: (exchange, policy) => ({ ...blocked(exchange, policy), reason: "blocked-page" }),
  };
}

/** The refusal of a request. */
export function blocked(exchange: Exchange, policy: AccessPolicy): RefusedVerdict {
  const status = statusOf(policy);
  const { name, detail } = PROBLEM_OF[status];
  const accept = exchange.field("accept");
  // RFC 7725 §4: the one who implements the blocking, which is this site.
  const links = status === 451 ? [`<${originOf(exchange)}/>; rel="blocked-by"`] : [];
  const fields = status === 401 ? [["www-authenticate", policy.authenticate ?? ""] as const] : [];
  return {
    kind: "refuse",
    reason: "blocked",
    response: refusalOf({ name, detail, notice: policy, accept, links, fields }),
  };
}

/** The status of a refusal. */
export function statusOf({ status = 403 }: Pick<AccessPolicy, "status">): Status {
  return status;
}
