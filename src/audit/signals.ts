import { splitList } from "../http/list.ts";

/** Parses a Content-Signal: the values by name, both in lower case. */
export function parseSignal(value: string): ReadonlyMap<string, string> {
  const members = splitList(value).map((member) => {
    const [name = "", said = ""] = member.split("=", 2);
    return [name.trim().toLowerCase(), said.trim().toLowerCase()] as const;
  });
  return new Map(members.filter(([name, said]) => name !== "" && said !== ""));
}
