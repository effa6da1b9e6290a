import type { Cut, MarkdownConverter } from "../../feature/parts.ts";
import { beside, columnFor } from "../layout.ts";

/** Formats what was left out of a page and why, for people: a line for each reason and element. */
export function formatExplanation({
  explanation = [],
  isScriptOnly,
  note,
}: Pick<MarkdownConverter, "explanation" | "isScriptOnly" | "note">): string {
  const lines: string[] = [];
  if (isScriptOnly === true) lines.push("Only a script renders the page.");
  if (note !== undefined) lines.push(`The page was read again without cuts: ${note}.`);
  if (explanation.length === 0) lines.push("Nothing was left out.");
  else {
    const count = `${explanation.length} ${explanation.length === 1 ? "part is" : "parts are"}`;
    lines.push(`${count} left out:`);
    const labels = explanation.map(({ reason }) => `  ${reason}`);
    const at = columnFor(labels);
    explanation.forEach((cut, i) => lines.push(beside(labels[i] ?? "", describe(cut), at)));
  }
  return `${lines.join("\n")}\n`;
}

function describe({ element, text }: Cut): string {
  const flat = text.replaceAll(/\s+/g, " ").trim();
  return flat === "" ? element : `${element}  ${JSON.stringify(flat)}`;
}
