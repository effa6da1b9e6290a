import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../support/runtimes.ts";
import { writeTree } from "../tree.ts";
import { makeFolder, startProgram, type Origin } from "./program.ts";

/** Apache in front of the static site: `mod_dir`, `autoindex`, negotiation, `.htaccess`, `mod_deflate`. */
export async function startApache(): Promise<Origin> {
  const folder = makeFolder("apache");
  const site = join(folder, "site");
  const port = await freePort();
  writeTree(site);
  writeFileSync(join(site, ".htaccess"), HTACCESS);
  for (const language of ["de", "en"]) {
    writeFileSync(join(site, `choice.html.${language}`), `<title>${language}</title>\n`);
  }
  return startProgram({
    command: "apache2",
    argv: ["-d", folder, "-f", join(folder, "httpd.conf"), "-DFOREGROUND"],
    folder,
    port,
    files: { "httpd.conf": configure(folder, port) },
  });
}

const HTACCESS = `Redirect permanent /old /page.html
RedirectMatch 302 ^/moved/(.*)$ /$1
Redirect gone /gone
RewriteEngine On
RewriteCond %{HTTP:X-Forwarded-Host} =gone.example
RewriteRule ^robots\\.txt$ - [R=404,L]
RewriteCond %{HTTP:X-Forwarded-Host} =broken.example
RewriteRule ^robots\\.txt$ - [R=503,L]
RewriteCond %{HTTP:X-Forwarded-Host} =moved.example
RewriteRule ^robots\\.txt$ /for-crawlers/robots.txt [R=301,L]
RewriteRule ^clean/([a-z]+)$ /$1.html [L]
RewriteRule ^rewritten/(.*)$ /$1 [R=307,L]
Header set X-From-Htaccess yes
ExpiresActive On
ExpiresByType text/css "access plus 1 hour"
<Files "style.css">
  Header set Cache-Control "public, max-age=3600"
</Files>
`;

const MODULES =
  "mpm_event authz_core authz_host dir autoindex mime negotiation alias rewrite headers expires deflate filter setenvif";

function configure(folder: string, port: number): string {
  const modules = MODULES.split(" ")
    .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
    .join("\n");
  return `${modules}
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile ${folder}/httpd.pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/error.log
User www-data
Group www-data
TypesConfig /dev/null
AddType text/html .html
AddType text/css .css
AddType text/javascript .js
AddType application/json .json
AddType text/xml .xml
AddType text/plain .txt
AddType text/markdown .md
AddType image/svg+xml .svg
AddType image/png .png
AddType video/mp4 .mp4
AddType application/pdf .pdf
AddEncoding x-gzip .gz
AddLanguage de .de
AddLanguage en .en
AddDefaultCharset utf-8
DocumentRoot ${folder}/site
DirectoryIndex index.html
AddOutputFilterByType DEFLATE text/html text/css text/javascript application/json text/plain
<Directory ${folder}/site>
  Options Indexes FollowSymLinks MultiViews
  AllowOverride All
  Require all granted
</Directory>
`;
}
