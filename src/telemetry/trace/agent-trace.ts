import { botOf, guisesOf, verdictOf, type Agent, type AgentVerdict } from "../../agent/agent.ts";
import { NETWORK_EXPLANATIONS, SIGNATURE_EXPLANATIONS } from "../../agent/explanations.ts";

/** One piece of evidence for an agent's identity. */
interface EvidenceTrace {
  /** "address" is evidence by the client's address: an address list or reverse DNS. */
  readonly kind: "claim" | "address" | "ip-range" | "reverse-dns" | "signature";
  readonly counts: boolean;
  /** "ok", or the code of the reason why the evidence does not count. */
  readonly reason: string;
}

/** The agent, with all evidence that was checked. */
export interface AgentTrace {
  readonly kind: Agent["kind"];
  /** The kind, or "spoofed" for a claim that the client's address refutes. */
  readonly verdict: AgentVerdict;
  readonly name?: string | undefined;
  readonly operator?: string | undefined;
  readonly category?: string | undefined;
  readonly behaviours?: readonly string[] | undefined;
  /** The URL of the signature's keys. */
  readonly signatureAgent?: string | undefined;
  /** The other bots that the User-Agent names: the strictest rule for any of them counts. */
  readonly alsoNamed?: readonly string[];
  readonly evidence: readonly EvidenceTrace[];
}

/** Describes an agent and its evidence, without secrets. */
export function explainAgent(agent: Agent): AgentTrace {
  const bot = agent.kind === "anonymous" ? undefined : agent.bot;
  const others = guisesOf(agent).slice(1);
  const alsoNamed = others.flatMap((each) => botOf(each)?.name ?? []);
  return {
    kind: agent.kind,
    verdict: verdictOf(agent),
    name: bot?.name,
    operator: bot?.operator,
    category: bot?.category,
    behaviours: bot?.behaviours,
    signatureAgent: agent.kind === "verified" ? agent.signatureAgent : undefined,
    ...(alsoNamed.length === 0 ? {} : { alsoNamed }),
    evidence: evidenceFor(agent),
  };
}

function evidenceFor(agent: Agent): EvidenceTrace[] {
  switch (agent.kind) {
    case "anonymous":
      return [
        { kind: "claim", counts: false, reason: "no-token" },
        { kind: "signature", counts: false, reason: agent.reason ?? "unsigned" },
      ];
    case "claimed": {
      const { network, reason } = agent;
      return [
        { kind: "claim", counts: true, reason: "ok" },
        { kind: "signature", counts: false, reason },
        ...(network === undefined
          ? []
          : [{ kind: "address", counts: false, reason: network } as const]),
      ];
    }
    case "verified": {
      const { evidence, vouchedBy, signatureAgent, reason } = agent;
      const best = { kind: evidence, counts: true, reason: vouchedBy ?? "ok" };
      if (evidence === "signature") return [best];
      if (signatureAgent !== undefined) {
        return [best, { kind: "signature", counts: true, reason: "other-agent" }];
      }
      return reason === undefined ? [best] : [best, { kind: "signature", counts: false, reason }];
    }
    case "invalid": {
      const { bot, reason, network } = agent;
      return [
        { kind: "signature", counts: false, reason },
        ...(bot === undefined
          ? []
          : [{ kind: "claim", counts: false, reason: "refuted" } as const]),
        ...(network === undefined
          ? []
          : [{ kind: "address", counts: false, reason: network } as const]),
      ];
    }
  }
}

const SIGNATURE: Readonly<Record<string, string>> = SIGNATURE_EXPLANATIONS;
const NETWORK: Readonly<Record<string, string>> = NETWORK_EXPLANATIONS;

/** Describes a piece of evidence in words. */
export function explainEvidence({ kind, counts, reason }: EvidenceTrace, name = "a bot"): string {
  switch (kind) {
    case "claim":
      if (counts) return `the User-Agent names ${name}, which anyone can write`;
      return reason === "refuted"
        ? `the User-Agent names ${name}, but a signature was refuted`
        : "the User-Agent names no bot of the table";
    case "signature":
      if (!counts) return SIGNATURE[reason] ?? reason;
      return reason === "other-agent"
        ? `a signature is valid, but does not name ${name}`
        : "a signature with the operator's key is valid";
    case "ip-range":
      return reason === "cloudflare"
        ? "Cloudflare has verified the bot"
        : "the address is in a list that the operator publishes";
    case "reverse-dns":
      return "the address has a host name of the operator that resolves to it";
    case "address":
      return NETWORK[reason] ?? reason;
  }
}
