import { gzipSync } from "node:zlib";
import { anyBytes, latin1, markOf, pick, type Random, type Step } from "./script.ts";

/** Content, and how it is framed. */
interface Made {
  readonly fields: string[];
  readonly bytes: { readonly content: Buffer; readonly closes: boolean; readonly isExact: boolean };
}

/** Makes the content of a response up, and the fields that frame it. */
export function makeContent(random: Random, id: number, isSound: boolean, status: number): Made {
  const repeated = 1 + random(random(20) === 0 ? 3000 : 60);
  const isPage = random(3) === 0;
  const text = markOf(id).repeat(repeated);
  let plain = latin1(isPage ? `<!doctype html><title>t</title><main><p>${text}</p></main>` : text);
  const fields = [`Content-Type: ${isPage ? "text/html" : "text/plain"}`];
  if (status === 205) plain = Buffer.alloc(0);
  if (random(8) === 0) {
    fields.push("Content-Encoding: gzip");
    const zipped = gzipSync(plain, { level: 1 });
    plain = isSound ? zipped : damaged(random, zipped);
  } else if (!isSound && random(20) === 0) fields.push("Content-Encoding: br");
  const length = plain.length;
  const way = isSound ? random(3) : random(9);
  switch (way) {
    case 0:
    case 3:
      fields.push(`Content-Length: ${length}`);
      return { fields, bytes: { content: plain, closes: false, isExact: true } };
    case 1:
    case 4:
      fields.push("Transfer-Encoding: chunked");
      return {
        fields,
        bytes: { content: chunks(random, plain, isSound), closes: false, isExact: isSound },
      };
    case 5:
      fields.push(`Content-Length: ${length + 1 + random(20)}`);
      return { fields, bytes: { content: plain, closes: true, isExact: false } };
    case 6:
      fields.push(`Content-Length: ${random(length + 1)}`);
      return { fields, bytes: { content: plain, closes: random(2) === 0, isExact: false } };
    case 7:
      fields.push(`Content-Length: ${length}`, "Transfer-Encoding: chunked");
      return {
        fields,
        bytes: { content: chunks(random, plain, true), closes: false, isExact: false },
      };
    default:
      // Without "close" a sound client would wait for more: the end of the connection is the content's.
      return { fields, bytes: { content: plain, closes: true, isExact: false } };
  }
}

function damaged(random: Random, zipped: Buffer): Buffer {
  if (random(2) === 0) return zipped.subarray(0, random(zipped.length));
  return Buffer.concat([zipped, latin1(anyBytes(random, 20))]);
}

const EXTENSIONS = ["", ";a", ';a="b"', ";a=b;c"];
const BAD_SIZES = ["g", "-1", "", "ffffffffffffffffff", "0x5", " 5", "5 5"];

function chunks(random: Random, content: Buffer, isSound: boolean): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length;) {
    const size = 1 + random(Math.max(1, content.length - at));
    const named = !isSound && random(15) === 0 ? pick(random, BAD_SIZES) : size.toString(16);
    const line = `${named}${random(4) === 0 ? pick(random, EXTENSIONS) : ""}\r\n`;
    pieces.push(latin1(line), content.subarray(at, at + size), latin1("\r\n"));
    at += size;
  }
  if (!isSound && random(10) === 0) return Buffer.concat(pieces);
  const trailer = random(6) === 0 ? "X-T: 1\r\n" : "";
  const odd = !isSound && random(20) === 0 ? `${anyBytes(random, 8)}\r\n` : "";
  return Buffer.concat([...pieces, latin1(`0\r\n${trailer}${odd}\r\n`)]);
}

/** Splits content up, with pauses in between now and then. */
export function cut(random: Random, content: Buffer): Step[] {
  // All of it in the last piece, or what follows the content would come late.
  if (content.length === 0 || random(10) !== 0) return [{ kind: "bytes", bytes: content }];
  const at = random(content.length);
  return [
    { kind: "bytes", bytes: content.subarray(0, at) },
    { kind: "wait", milliseconds: random(8) },
    { kind: "bytes", bytes: content.subarray(at) },
  ];
}
