import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** A certificate and its key, as PEM files and as text. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/** A certification authority of the test's own, which nobody else trusts. */
export interface Authority {
  readonly folder: string;
  readonly caFile: string;
  readonly ca: string;
  /** Issues a certificate for names such as "DNS:origin.test" or "IP:127.0.0.1". */
  issue(name: string, subjects: readonly string[], days?: number): Certificate;
}

/** Makes an authority with openssl. */
export function makeAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-authority-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);
  newKey(at("ca.key"));
  openssl(
    ["req", "-x509", "-new", "-key", at("ca.key"), "-days", "3", "-subj", "/CN=Test authority"],
    ["-addext", "basicConstraints=critical,CA:TRUE", "-out", at("ca.pem")],
  );
  return {
    folder,
    caFile: at("ca.pem"),
    ca: readFileSync(at("ca.pem"), "utf8"),
    issue(name, subjects, days = 2) {
      const [certFile, keyFile, request, extensions] = ["pem", "key", "csr", "ext"].map((end) =>
        at(`${name}.${end}`),
      ) as [string, string, string, string];
      newKey(keyFile);
      writeFileSync(extensions, `subjectAltName=${subjects.join(",")}\n`);
      openssl(["req", "-new", "-key", keyFile, "-subj", `/CN=${name}`, "-out", request]);
      openssl(
        ["x509", "-req", "-in", request, "-CA", at("ca.pem"), "-CAkey", at("ca.key")],
        ["-CAcreateserial", "-days", String(days), "-extfile", extensions, "-out", certFile],
      );
      return {
        certFile,
        keyFile,
        cert: readFileSync(certFile, "utf8"),
        key: readFileSync(keyFile, "utf8"),
      };
    },
  };
}

function newKey(file: string): void {
  openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file]);
}

function openssl(...args: readonly (readonly string[])[]): void {
  const { status, stderr } = spawnSync("openssl", args.flat(), { encoding: "utf8" });
  if (status !== 0) throw new Error(`openssl failed: ${stderr}`);
}
