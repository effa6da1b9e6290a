import { createServer, get, validateHeaderName, validateHeaderValue } from "node:http";
import type { AddressInfo } from "node:net";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { carriedFields } from "../../src/runtime/node/write-head.ts";
import { reasonPhrase, reasonPhraseOfUtf8 } from "../../src/http/reason-phrase.ts";
import { isFinalStatus, writeHead } from "../../src/runtime/node/write-head.ts";

/** Any text: ASCII, controls, Latin-1, further characters, lone surrogates. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes)),
  fc.constantFrom("", "ok", "a\r\nX: 1", "a\0b", "\x7f", "é", "€"),
);
const name = fc.oneof(
  text,
  fc.constantFrom("x-a", "content-length", "connection", "date", "set-cookie"),
);
const fields = fc.array(fc.tuple(name, text), { maxLength: 8 }).map((lines) => lines.flat());

describe("the parts of a response head that HTTP/1.1 can carry", () => {
  test("a phrase is sent unchanged, or not at all", () => {
    expect(reasonPhrase("Not\tFound é")).toBe("Not\tFound é");
    for (const each of ["", "a\r\nb", "a\0", "\x1b", "\x7f", "€"]) {
      expect(reasonPhrase(each)).toBeUndefined();
    }
  });

  test("a phrase that was read as UTF-8 is its bytes again", () => {
    expect(reasonPhraseOfUtf8("Not Found")).toBe("Not Found");
    expect(reasonPhraseOfUtf8("€")).toBe("\xe2\x82\xac");
    for (const each of ["", "\ufffd", "a\r\nb", "\x01"]) {
      expect(reasonPhraseOfUtf8(each)).toBeUndefined();
    }
  });

  test("fields are those that Node accepts, and those are unchanged", () => {
    fc.assert(
      fc.property(fields, (flat) => {
        const carried = carriedFields(flat);
        for (let i = 0; i < carried.length; i += 2) {
          validateHeaderName(carried[i] as string);
          validateHeaderValue(carried[i] as string, carried[i + 1] as string);
        }
        expect(carriedFields(carried)).toEqual(carried);
      }),
    );
    expect(carriedFields(["x-a", "caf\xe9\t1", "X B", "1", "c", "a\r\nb", "d", "€"])).toEqual([
      ..."x-a,caf\xe9\t1".split(","),
      ..."c,a  b".split(","),
    ]);
  });
});

describe("writeHead", () => {
  let head: { status: number; phrase: string | undefined; fields: string[] };
  const failures: unknown[] = [];
  const server = createServer((_incoming, outgoing) => {
    try {
      writeHead(outgoing, head.status, head.phrase, head.fields);
    } catch (error) {
      failures.push(error);
    }
    outgoing.end();
  });
  beforeAll(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)));
  afterAll(() => void server.close());

  test("writes any final status with any phrase and fields", async () => {
    const { port } = server.address() as AddressInfo;
    // Framing that contradicts itself is another matter.
    const framed = fields.filter(
      (flat) => !flat.some((each) => /^(content-length|connection|transfer-encoding)$/i.test(each)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 200, max: 999 }),
        text,
        framed,
        async (status, phrase, flat) => {
          head = { status, phrase, fields: flat };
          const got = await new Promise<number | undefined>((resolve, reject) => {
            get({ port, host: "127.0.0.1" }, (response) => {
              response.resume().on("end", () => resolve(response.statusCode));
            }).on("error", reject);
          });
          expect(failures).toEqual([]);
          expect(got).toBe(status);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("rejects a status that no final response can have", () => {
    for (const each of [0, 99, 100, 101, 199, 1000, 200.5, Number.NaN]) {
      expect(isFinalStatus(each)).toBe(false);
    }
  });
});
