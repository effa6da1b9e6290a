import { spawnSync } from "node:child_process";

/** Reads CSV (RFC 4180) with Python's parser: a list of objects by the names in the first line. */
export function readCsv(text: string): Record<string, string>[] {
  const script = `import csv, io, json, sys
text = sys.stdin.buffer.read().decode()
print(json.dumps(list(csv.DictReader(io.StringIO(text, newline=""), strict=True))))`;
  const { stdout, stderr, status } = spawnSync("python3", ["-c", script], { input: text });
  if (status !== 0) throw new Error(String(stderr));
  return JSON.parse(String(stdout)) as Record<string, string>[];
}
