import type { Agent } from "../../../agent/agent.ts";
import { verdictOf } from "../../../agent/agent.ts";
import type { FeatureVocabulary } from "../../../pipeline/vocabulary.ts";
import type { AccessPolicy } from "../policy.ts";
import { statusOf } from "./action.ts";

/** The actions and reasons of a block. */
export const blockVocabulary = {
  actions: { block: { did: "blocked", would: "would be blocked" } },
  reasons: {
    blocked: {
      is: "done",
      action: "block",
      says: ({ agent, policy }) => `the rule refuses ${who(agent)} (${statusOf(policy)})`,
      todo: "Name other agents or paths in the rule's match, or admit these by an earlier rule.",
    },
    "blocked-page": {
      is: "done",
      action: "block",
      says: "the document is a web page, which is not open to all; the rule refuses it",
      todo: "Have the origin server send the document as text or XML, or 404 if there is none.",
    },
  },
} as const satisfies Pick<FeatureVocabulary<AccessPolicy>, "actions" | "reasons">;

/** The agent in a few words: its verdict, and its name if it has one. */
function who(agent: Agent): string {
  const name = agent.kind === "anonymous" ? undefined : agent.bot?.name;
  const verdict = verdictOf(agent);
  if (name === undefined)
    return verdict === "anonymous" ? "anonymous clients" : `${verdict} agents`;
  return verdict === "verified" ? name : `${name}, which is ${verdict}`;
}
