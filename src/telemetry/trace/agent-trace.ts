import type { Agent } from "../../agent/agent.ts";

/** One piece of evidence for an agent's identity. */
export interface EvidenceTrace {
  /** "address" is evidence by the client's address: an address list or reverse DNS. */
  readonly kind: "claim" | "address" | "ip-range" | "reverse-dns" | "signature";
  readonly counts: boolean;
  /** "ok", or the code of the reason why the evidence does not count. */
  readonly reason: string;
}

/** The agent, with all evidence that was checked. */
export interface AgentTrace {
  readonly kind: Agent["kind"];
  readonly name?: string;
  readonly operator?: string;
  readonly category?: string;
  readonly behaviours?: readonly string[];
  /** The URL of the signature's keys. */
  readonly signatureAgent?: string;
  readonly evidence: readonly EvidenceTrace[];
}

/** Describes an agent and its evidence, without secrets. */
export function explainAgent(agent: Agent): AgentTrace {
  const bot = agent.kind === "anonymous" ? undefined : agent.bot;
  return {
    kind: agent.kind,
    ...(bot === undefined
      ? {}
      : {
          name: bot.name,
          operator: bot.operator,
          category: bot.category,
          behaviours: bot.behaviours,
        }),
    ...(agent.kind === "verified" && agent.signatureAgent
      ? { signatureAgent: agent.signatureAgent }
      : {}),
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
      const { evidence, vouchedBy } = agent;
      return [{ kind: evidence, counts: true, reason: vouchedBy ?? "ok" }];
    }
    case "invalid":
      return [
        { kind: "signature", counts: false, reason: agent.reason },
        ...(agent.bot === undefined
          ? []
          : [{ kind: "claim", counts: false, reason: "refuted" } as const]),
      ];
  }
}
