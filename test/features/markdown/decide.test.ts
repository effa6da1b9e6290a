import { describe, expect, test } from "vitest";
import { parseMediaType } from "../../../src/http/media-type.ts";
import {
  decideMarkdownRequest,
  decideMarkdownResponse,
  type MarkdownRequest,
} from "../../../src/features/markdown/decide.ts";

function decide(target: string, accept: string | undefined, method = "GET", indexMd = true) {
  return decideMarkdownRequest({ method, target, accept }, { indexMd, pathMd: false });
}

describe("decideMarkdownRequest", () => {
  test("an /index.md is markdown whatever Accept says", () => {
    for (const accept of [undefined, "text/html", "*/*"]) {
      const expected = { kind: "wanted", by: "address", page: "/a/?b" };
      expect(decide("/a/index.md?b", accept)).toEqual(expected);
      expect(decide("/a/index.md?b", accept, "HEAD")).toEqual(expected);
    }
  });

  test("unless a rule says otherwise", () => {
    expect(decide("/a/index.md", undefined, "GET", false)).toMatchObject({ kind: "declined" });
    expect(decide("/a/index.md", "text/markdown", "GET", false)).toEqual({
      kind: "wanted",
      by: "accept",
      page: "/a/index.md",
    });
  });

  test("a page is markdown if Accept names it", () => {
    expect(decide("/a", "text/markdown, */*")).toEqual({
      kind: "wanted",
      by: "accept",
      page: "/a",
    });
    expect(decide("/a", "*/*")).toEqual({ kind: "declined", reason: "html-preferred" });
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS", "get"])("%s is ineligible", (method) => {
    expect(decide("/index.md", "text/markdown", method)).toEqual({
      kind: "ineligible",
      reason: "method",
    });
  });
});

function respond(request: MarkdownRequest, type: string, status = 200, length?: number) {
  const page = new URL("https://www.example.com/page");
  const head = { status, type: parseMediaType(type), length, location: undefined };
  const response = { ...head, mayBeStored: true, page };
  const policy = { maxBytes: 1000, strictAccept: false };
  return decideMarkdownResponse(request, "text/markdown", response, policy);
}

describe("decideMarkdownResponse", () => {
  const wanted: MarkdownRequest = { kind: "wanted", by: "accept", page: "/page" };
  const plain: MarkdownRequest = { kind: "declined", reason: "html-preferred" };
  test("converts HTML if the client wants markdown, and otherwise adds a link to it", () => {
    expect(respond(wanted, "text/html; charset=x")).toEqual({ kind: "convert" });
    expect(respond(wanted, "application/xhtml+xml")).toEqual({ kind: "convert" });
    expect(respond(plain, "text/html")).toMatchObject({ kind: "page" });
  });

  test("up to the limit, if the length is known", () => {
    expect(respond(wanted, "text/html", 200, 1000)).toEqual({ kind: "convert" });
    expect(respond(wanted, "text/html", 200, 1001)).toEqual({
      kind: "page",
      reason: "too-large",
    });
  });

  test("leaves the origin's own markdown, 304, errors and other types alone", () => {
    expect(respond(wanted, "text/markdown")).toMatchObject({ reason: "origin-has-markdown" });
    expect(respond(wanted, "", 304)).toEqual({ kind: "declined", reason: "not-modified" });
    for (const status of [201, 204, 404, 500]) {
      expect(respond(wanted, "text/html", status)).toMatchObject({ kind: "ineligible" });
    }
    expect(respond(wanted, "image/png")).toEqual({ kind: "ineligible", reason: "not-html" });
    expect(respond(wanted, "")).toEqual({ kind: "ineligible", reason: "not-html" });
  });
});
