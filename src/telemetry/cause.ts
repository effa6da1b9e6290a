import { PROBLEMS, type ProblemName } from "../http/problem.ts";
import { OriginError } from "../pipeline/exchange.ts";
import type { RecordedRun, RefusalPhase } from "../pipeline/record.ts";
import { describeDefect, describeError } from "./describe-error.ts";
import type { Cause } from "./event.ts";

/** The cause of a problem that the proxy sent before any feature, or from an own endpoint. */
export function causeOfRefusal(code: ProblemName, phase: RefusalPhase, error?: unknown): Cause {
  const isDefect = code === "internal";
  // A request for an unsupported thing (501, 505) is the client's fault, despite the 5xx status.
  const kind = isDefect ? "defect" : PROBLEMS[code].status === 503 ? "failed" : "refused";
  if (error === undefined) return { kind, code, phase };
  return { kind, code, phase, error: isDefect ? describeDefect(error) : describeError(error) };
}

/** The cause of a missing or incomplete response from the origin server. */
export function causeOfOrigin(error: unknown, origin: string | undefined): Cause {
  if (!(error instanceof OriginError)) {
    return { kind: "defect", code: "internal", phase: "request", error: describeDefect(error) };
  }
  const { code, phase, cause } = error;
  return {
    kind: "origin",
    code,
    phase,
    ...(origin === undefined ? {} : { origin }),
    ...(cause === undefined ? {} : { error: explainOriginError(error) }),
  };
}

/** The cause of a feature's error response; undefined if the origin server sent the response. */
export function causeOfDecision(
  status: number,
  run: RecordedRun | undefined,
  originStatus: number | undefined,
): Cause | undefined {
  const kind = status >= 500 ? "failed" : "refused";
  for (const { stage, effective } of run?.turns ?? []) {
    if (effective.mode !== "enforce") continue;
    const decision = run?.decisions.find(
      (each) => each.feature === stage.feature && each.kind === "respond",
    );
    if (decision === undefined) continue;
    const { reason: code, phase } = decision;
    return { kind, code, phase, feature: stage.feature };
  }
  if (status < 500 || originStatus === status) return undefined;
  return { kind, code: "unknown", phase: "response" };
}

/** The cause of content that broke off after the head. */
export function causeOfBreak(error: unknown, origin: string | undefined): Cause {
  if (error instanceof OriginError) return causeOfOrigin(error, origin);
  return { kind: "failed", code: "content", phase: "content", error: describeError(error) };
}

const NOT_TRUSTED = "the certificate's authority is not trusted";
const OTHER_NAME = "the certificate is for another host name";

/** Explanations of TLS errors by the code of OpenSSL or Node. */
const TLS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: NOT_TRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_TRUSTED,
  CERT_HAS_EXPIRED: "the certificate has expired",
  CERT_NOT_YET_VALID: "the certificate is not valid yet",
  CERT_REVOKED: "the certificate is revoked",
  ERR_TLS_CERT_ALTNAME_INVALID: OTHER_NAME,
  HOSTNAME_MISMATCH: OTHER_NAME,
  ERR_SSL_WRONG_VERSION_NUMBER: "the server does not use TLS on this port",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "the server does not use TLS on this port",
};

/** Explains a failure of the origin to the operator, perhaps with addresses. Never throws. */
export function explainOriginError({ code, cause }: OriginError): string {
  // Each address of a name has an error; the common one has no information.
  const first = cause instanceof AggregateError ? (cause.errors[0] as unknown) : cause;
  const described = first === undefined ? code : describeError(first);
  if (code !== "tls") return described;
  const known = first instanceof Error && "code" in first ? TLS[String(first.code)] : undefined;
  return known === undefined ? `TLS: ${described}` : `TLS: ${known} (${described})`;
}
