/**
 * The shortest reader of Content-Usage rules that draft-ietf-aipref-attach §4 allows.
 *
 * @returns the usage preference of a target for a crawler; empty if there is none
 */
export function usageFor(text: string, token: string): (target: string) => string {
  const groups: { agents: string[]; rules: [path: string, usage: string][]; isOver: boolean }[] =
    [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    const [, name = "", value = ""] = /^\s*([\w-]+)\s*:\s*([^#]*?)\s*(?:#.*)?$/.exec(line) ?? [];
    const field = name.toLowerCase();
    let group = groups.at(-1);
    if (field === "user-agent") {
      if (group === undefined || group.isOver) {
        groups.push((group = { agents: [], rules: [], isOver: false }));
      }
      group.agents.push(value.toLowerCase());
    } else if (group !== undefined && /^(?:allow|disallow|content-usage)$/.test(field)) {
      group.isOver = true;
      if (field !== "content-usage") continue;
      const [, path = "", usage = ""] = /^(\/\S*)?\s*(.*)$/.exec(value) ?? [];
      group.rules.push([path, usage]);
    }
  }
  const named = groups.filter(({ agents }) => agents.includes(token.toLowerCase()));
  const own = named.length > 0 ? named : groups.filter(({ agents }) => agents.includes("*"));
  const rules = own.flatMap((group) => group.rules).toSorted(([a], [b]) => b.length - a.length);
  return (target) => rules.find(([path]) => matches(path, target))?.[1] ?? "";
}

function matches(path: string, target: string): boolean {
  const text = path.replace(/\$$/, "");
  const parts = text.split(/\*+/).map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}${path.endsWith("$") ? "$" : ""}`, "s").test(target);
}
