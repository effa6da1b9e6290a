import { describe, expect, test } from "vitest";
import { FieldList } from "../../src/http/fields.ts";
import { replaceRepresentation } from "../../src/http/representation.ts";

function replaced(
  flat: readonly string[],
  to: Parameters<typeof replaceRepresentation>[1],
): Record<string, string> {
  const fields = FieldList.from(flat);
  replaceRepresentation(fields, to);
  return Object.fromEntries(
    [...fields.lines()].map(([name, value]) => [name.toLowerCase(), value]),
  );
}

const ORIGIN = [
  ["Content-Type", "text/html"],
  ["Content-Length", "10"],
  ["Content-Encoding", "gzip"],
  ["Content-Digest", "sha-256=:x:"],
  ["Repr-Digest", "sha-256=:x:"],
  ["Content-MD5", "x"],
  ["Content-Range", "bytes 0-9/10"],
  ["Accept-Ranges", "bytes"],
  ["Last-Modified", "Sun, 01 Nov 2026 00:00:00 GMT"],
  ["ETag", '"a"'],
  ["Cache-Control", "max-age=60"],
].flat();

describe("replaceRepresentation", () => {
  test("nothing that describes the old bytes is left", () => {
    const fields = replaced(ORIGIN, { variant: "md", type: "text/markdown" });
    expect(Object.keys(fields).sort()).toEqual(["cache-control", "content-type", "etag"]);
    expect(fields["content-type"]).toBe("text/markdown");
    expect(fields["etag"]).toMatch(/^W\/"a.+md"$/);
  });

  test("another coding leaves type and date, and says how long it is", () => {
    const fields = replaced(ORIGIN, { variant: "dcz.12", coding: "dcz", length: 0 });
    expect(fields).toMatchObject({
      "content-type": "text/html",
      "content-encoding": "dcz",
      "content-length": "0",
      "last-modified": "Sun, 01 Nov 2026 00:00:00 GMT",
    });
  });

  test("a malformed ETag is dropped, an absent one is not made up", () => {
    expect(replaced(["ETag", "bare"], { variant: "md" })).toEqual({});
    expect(replaced([], { variant: "md" })).toEqual({});
  });
});
