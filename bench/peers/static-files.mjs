// The lower bound of a stored response: node:http sends a file of a folder from memory.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename, join } from "node:path";

const [folder, port] = process.argv.slice(2);
const files = new Map();

function fileAt(url) {
  const known = files.get(url);
  if (known !== undefined) return known;
  const content = readFileSync(join(folder, basename(url)));
  const fields = {
    server: "node",
    "content-type": url.endsWith(".html") ? "text/html" : "text/plain",
    "content-length": String(content.length),
    "last-modified": new Date().toUTCString(),
    etag: '"6b0db4f7-400"',
    "cache-control": "public, max-age=3600",
    "accept-ranges": "bytes",
  };
  files.set(url, { content, fields });
  return files.get(url);
}

createServer((incoming, outgoing) => {
  const { content, fields } = fileAt(incoming.url);
  outgoing.writeHead(200, fields).end(content);
}).listen(Number(port), "127.0.0.1");
