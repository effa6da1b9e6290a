import { splitList } from "./list.ts";
import { remembering } from "./remember.ts";

/** The labels of draft-ietf-aipref-vocab that Content-Signal also has, by their names there. */
const LABELS = [
  ["train-ai", "ai-train"],
  ["search", "search"],
] as const;

/**
 * Writes a Content-Signal as Content-Usage (draft-ietf-aipref-attach, an RFC 9651 Dictionary); empty
 * if it says nothing about the labels of the vocabulary.
 */
export const usageOfSignal = remembering((signal: string): string => {
  const said = membersOf(signal);
  return LABELS.flatMap(([label, name]) => {
    const answer = said.get(name);
    return answer === "yes" || answer === "no" ? [`${label}=${answer === "yes" ? "y" : "n"}`] : [];
  }).join(", ");
});

/** Writes a Content-Usage as Content-Signal; unknown labels and malformed values say nothing. */
export const signalOfUsage = remembering((usage: string): string => {
  const said = membersOf(usage);
  return LABELS.toReversed()
    .flatMap(([label, name]) => {
      const answer = said.get(label);
      return answer === "y" || answer === "n" ? [`${name}=${answer === "y" ? "yes" : "no"}`] : [];
    })
    .join(", ");
});

/** The values by name, without parameters; of a name that is there twice, the last counts (RFC 9651 §3.2). */
function membersOf(list: string): ReadonlyMap<string, string> {
  return new Map(
    splitList(list).map((member) => {
      const [name = "", value = ""] = (splitList(member, ";")[0] ?? "").split("=", 2);
      return [name.trim().toLowerCase(), value.trim().toLowerCase()];
    }),
  );
}
