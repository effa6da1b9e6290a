import type { Readable } from "node:stream";

/** Characters of a line, at most; the rest of a longer one is a line of its own. */
const LONGEST = 1024 * 1024;

/** Passes on the output of a process line by line, so that lines of several processes don't mix. */
export function passLines(stream: Readable | null, write: (line: string) => void): void {
  let begun = "";
  const end = (): void => {
    if (begun !== "") write(begun);
    begun = "";
  };
  stream?.setEncoding("utf8");
  stream?.on("data", (text: string) => {
    const lines = (begun + text).split("\n");
    begun = lines.pop() ?? "";
    for (const line of lines) write(line);
    if (begun.length > LONGEST) end();
  });
  stream?.once("close", end);
  stream?.on("error", () => {});
}
