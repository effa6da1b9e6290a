import { locateDirectory, type DirectoryLocation } from "./directory-url.ts";
import type { Component } from "./component.ts";
import { parseDictionary, parseItem, type Item, type Member } from "./structured-field.ts";
import { faultReason, type InvalidReason } from "./reasons.ts";

/** The Signature-Agent field in either shape: a legacy String, or a Dictionary of members. */
export type SignatureAgentField =
  | { readonly form: "string"; readonly item: Item }
  | { readonly form: "dictionary"; readonly members: ReadonlyMap<string, Member> };

/**
 * How an agent names itself: by a legacy String, or by a member that is an origin, that is the URL of
 * its keys, or that has parameters such as `type`.
 */
export type AgentForm = "string" | "origin" | "url" | "parameters";

type CoveredAgent =
  | {
      readonly kind: "location";
      readonly location: DirectoryLocation;
      readonly form: AgentForm;
    }
  | { readonly kind: "refused"; readonly reason: InvalidReason }
  | {
      readonly kind: "unlocated";
      readonly reason:
        | "unsupported-agent-type"
        | "directory-url-refused"
        | "agent-parameters-ignored";
      readonly agent: string;
    };

/** Parses the Signature-Agent field, or returns the reason why it is malformed. */
export function parseSignatureAgent(
  text: string,
  maxMembers: number,
): SignatureAgentField | InvalidReason {
  // A key cannot begin with a quotation mark, nor a String with anything else.
  if (text.trimStart().startsWith('"')) {
    const item = parseItem(text);
    if (item.kind === "parsed") return { form: "string", item: item.value };
    return item.fault === "duplicate-parameter"
      ? "duplicate-parameter"
      : "malformed-signature-agent";
  }
  const members = parseDictionary(text, maxMembers, maxMembers);
  if (members.kind === "parsed") {
    if (members.value.size === 0) return "malformed-signature-agent";
    return { form: "dictionary", members: members.value };
  }
  const { fault } = members;
  return faultReason(fault === "too-many-items" ? "syntax" : fault, "malformed-signature-agent");
}

/**
 * The one agent that the covered components of a signature name.
 *
 * @param inner components of the signatures that this one covers: it must cover them, too, but they
 * name the agents of those
 * @param ignoresParameters whether a member with parameters is ignored
 */
export function coveredAgent(
  field: SignatureAgentField,
  components: readonly Component[],
  inner: ReadonlySet<string>,
  ignoresParameters = false,
): CoveredAgent {
  const covering = components.filter(({ name }) => name === "signature-agent");
  if (covering.length === 0) return { kind: "refused", reason: "signature-agent-not-covered" };
  const own = covering.filter(({ text }) => !inner.has(text));
  const [only, another] = covering.length === 1 ? covering : own;
  if (only === undefined || another !== undefined) {
    return { kind: "refused", reason: "ambiguous-signature-agent" };
  }
  const member = memberOf(field, only.params.get("key")?.value);
  if (typeof member === "string") return { kind: "refused", reason: member };
  if (member.kind !== "item" || member.value.type !== "string") {
    return { kind: "refused", reason: "malformed-signature-agent" };
  }
  const type = member.params.get("type");
  if (type !== undefined && type.type !== "token" && type.type !== "string") {
    return { kind: "refused", reason: "malformed-signature-agent" };
  }
  const agent = member.value.value;
  const form = formOf(field, member, agent);
  if (ignoresParameters && member.params.size > 0) {
    return { kind: "unlocated", reason: "agent-parameters-ignored", agent };
  }
  const location = locateDirectory(agent, type?.value);
  if (typeof location === "object") return { kind: "location", location, form };
  const reason = location === undefined ? "directory-url-refused" : "unsupported-agent-type";
  return { kind: "unlocated", reason, agent };
}

function formOf({ form }: SignatureAgentField, { params }: Item, agent: string): AgentForm {
  if (form === "string") return "string";
  if (params.size > 0) return "parameters";
  return /^[a-z]+:\/\/[^/?#]*\/?$/i.test(agent) ? "origin" : "url";
}

function memberOf(field: SignatureAgentField, key: unknown): Member | InvalidReason {
  if (field.form === "string") return key === undefined ? field.item : "component-unavailable";
  if (typeof key === "string") return field.members.get(key) ?? "component-unavailable";
  // The whole field is covered: that names an agent only if the field has a single member.
  const [only, ...others] = field.members.values();
  return only !== undefined && others.length === 0 ? only : "ambiguous-signature-agent";
}
