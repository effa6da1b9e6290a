/** The fields of RFC 9116 §2.5, and if each may be there more than once. */
const FIELDS = {
  acknowledgments: true,
  canonical: true,
  contact: true,
  encryption: true,
  expires: false,
  hiring: true,
  policy: true,
  "preferred-languages": false,
} as const;

// The grammar of RFC 9116 §4, without a signature: each line ends, and is a field, a comment or empty.
const LINE = /^(?:[\u0021-\u0039\u003b-\u007e]+: [^\r\n]+|#[^\r\n]*|)\r?$/;

/** The faults of an unsigned security.txt, by the grammar of the RFC. @param now milliseconds since the epoch */
export function faultsOfSecurityTxt(text: string, now: number): readonly string[] {
  const faults: string[] = [];
  if (!text.endsWith("\n")) faults.push("the last line does not end");
  const lines = text.split("\n").slice(0, -1);
  faults.push(...lines.filter((line) => !LINE.test(line)).map((line) => `no field: ${line}`));
  const fields = lines.flatMap((line) => {
    const [, name = "", value = ""] = /^([^#:]+): (.*?)\r?$/.exec(line) ?? [];
    return name === "" ? [] : [[name.toLowerCase(), value] as const];
  });
  const valuesOf = (name: string) =>
    fields.flatMap(([key, value]) => (key === name ? [value] : []));
  for (const [name, isRepeatable] of Object.entries(FIELDS)) {
    if (!isRepeatable && valuesOf(name).length > 1) faults.push(`${name} is there twice`);
  }
  if (valuesOf("contact").length === 0) faults.push("no contact");
  for (const value of valuesOf("contact")) {
    if (!/^(?:https:\/\/|mailto:|tel:)\S+$/.test(value)) faults.push(`no contact: ${value}`);
  }
  const [expires = ""] = valuesOf("expires");
  if (!(Date.parse(expires) > now)) faults.push(`expired: ${expires}`);
  return faults;
}
