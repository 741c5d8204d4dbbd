#!/bin/bash
# Builds the root folder in which each row of the tables runs: fixture.sh ROOT
# Everything that a row may touch is in it; /usr is bound into it read-only by the sandbox.
set -euo pipefail
root=$1
export LC_ALL=C TZ=UTC HOME=$root/home/dev
export GIT_AUTHOR_NAME=dev GIT_AUTHOR_EMAIL=dev@localhost GIT_COMMITTER_NAME=dev GIT_COMMITTER_EMAIL=dev@localhost
export GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z'
export GIT_CONFIG_NOSYSTEM=1

# Writes one line into each named file, creating its folder.
line() {
  local text=$1 file
  shift
  for file; do
    mkdir -p "$(dirname -- "$file")"
    printf '%s\n' "$text" >"$file"
  done
}

# --- the system ---------------------------------------------------------------------------------
mkdir -p "$root"/{usr,proc,dev,sys,run,.trace,etc,root,tmp,var/tmp,home/dev/project}
for folder in bin sbin lib lib32 lib64 libx32; do
  if [ -e "/usr/$folder" ]; then ln -s "usr/$folder" "$root/$folder"; fi
done
printf 'root:x:0:0:root:/root:/bin/bash\ndev:x:1000:1000:dev:/home/dev:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n' >"$root/etc/passwd"
printf 'root:x:0:\nstaff:x:50:dev\ndev:x:1000:\nnogroup:x:65534:\n' >"$root/etc/group"
printf 'passwd: files\ngroup: files\nhosts: files\n' >"$root/etc/nsswitch.conf"
line '127.0.0.1 localhost' "$root/etc/hosts"
line 'dev ALL=(ALL) ALL' "$root/etc/sudoers"
line 'root:*:19000:0:99999:7:::' "$root/etc/shadow"
line 'PermitRootLogin no' "$root/etc/ssh/sshd_config"
line 'setting=1' "$root/etc/app.conf" "$root/etc/app.d/10-extra.conf"
if [ -e /etc/ld.so.cache ]; then cp /etc/ld.so.cache "$root/etc/"; fi
mkdir "$root/etc/alternatives"
line 'log line' "$root"/var/log/{syslog,app.log,app.log.1,auth.log}
line 'data' "$root"/srv/data/{one.txt,two.txt,three.bak} "$root"/opt/app/{bin/tool,lib/core.so,VERSION}
line 'photo' "$root"/mnt/usb/{photo.jpg,film.mp4} "$root"/backup/{monday.sql,tuesday.sql}
line 'temporary' "$root"/tmp/{a.txt,session.lock,job/x.txt,job/y.txt,cache/blob.bin}
chmod 755 "$root/opt/app/bin/tool"

# --- the home -----------------------------------------------------------------------------------
cd "$root/home/dev"
line 'alias ll="ls -l"' .bashrc .profile
line 'secret key' .ssh/id_ed25519 .ssh/authorized_keys
chmod 700 .ssh
chmod 600 .ssh/*
line 'theme=dark' .config/app/settings.ini
line 'cached' .cache/pip/wheel.bin .cache/thumbs/1.png
line 'ls' .bash_history
line 'a report' Documents/report.txt Documents/draft.txt "Documents/old report.txt"
line 'download' Downloads/{setup.iso,photo.png,movie.part}
printf '[user]\n\tname = dev\n\temail = dev@localhost\n[init]\n\tdefaultBranch = main\n[alias]\n\tst = status\n\tnuke = reset --hard\n\twipe = !rm -f victim.txt\n[safe]\n\tdirectory = *\n' >.gitconfig

# --- the project: a git repository -----------------------------------------------------------------
cd project
git init -q --template= -b main .
printf '*.log\nbuild/\nnode_modules/\ndist/\n*.pyc\n.env\n' >.gitignore
line 'alpha' a.txt
line 'beta' b.txt
line 'gamma' c.txt
line 'delta' d.txt
line 'to be deleted' victim.txt
line 'echo running' run.sh tool.sh
chmod 755 run.sh
line 'mode = debug' config.ini
line '# Notes' notes.md README.md
line 'id,name' data.csv
printf '1,one\n2,two\n3,three\n' >>data.csv
line 'export const answer = 42;' src/main.js src/util.js src/lib/core.js src/lib/deep/inner.js src/old.js
line 'int main(void) { return 0; }' src/prog.c
line 'import math' src/job.py
line 'check' test/main.test.js test/old.test.js
line '# Guide' docs/guide.md docs/api.md docs/old.md
printf '{"name":"project","version":"1.0.0","scripts":{"test":"echo ok","clean":"rm -rf dist"}}\n' >package.json
printf 'all: build/app\nbuild/app:\n\tmkdir -p build && echo app > build/app\nclean:\n\trm -rf build\ntest:\n\t@echo ok\n' >Makefile
git add -A
git commit -q -m 'first'
git branch old
git tag v1
line 'feature work' feature.txt
git add feature.txt
feature=$(git commit-tree -p HEAD -m 'feature' "$(git write-tree)")
git rm -q --cached feature.txt
rm feature.txt
git update-ref refs/heads/feature "$feature"
line 'second' second.txt
git add second.txt
git commit -q -m 'second'
line 'stashed' a.txt
git stash -q
git init -q --bare --template= -b main "$root/srv/git/origin.git"
git push -q "$root/srv/git/origin.git" main feature old v1
git remote add origin /srv/git/origin.git
git update-ref refs/remotes/origin/main main
git update-ref -d refs/remotes/origin/feature 2>/dev/null || true
git repack -adq
git -C "$root/srv/git/origin.git" repack -adq
# Uncommitted work of each kind: staged, modified, new, ignored.
line 'staged' staged.txt
printf 'staged change\n' >>docs/api.md
git add staged.txt docs/api.md
printf 'not committed\n' >>b.txt
printf '// not committed\n' >>src/util.js
line 'untracked' new.txt scratch/one.tmp scratch/two.tmp scratch/keep.txt 'with space.txt'
line 'an odd name' odd/-dash.txt 'odd/two  blanks.txt' "odd/quote'd.txt" 'odd/star*.txt' 'odd/dollar$HOME.txt' $'odd/new\nline.txt' odd/.hidden
line 'ignored' debug.log build/out.o build/app build/lib/part.o node_modules/pkg/index.js dist/bundle.js .env src/job.pyc
line 'log entry' logs/app.log logs/app.log.1 logs/error.log
mkdir -p empty nest/one/two
line 'nested' nest/one/two/three.txt nest/one/four.txt
: >empty.txt
: >nest/empty.tmp
ln -s a.txt link.txt
ln -s src linkdir
ln -s nowhere dangling
# Data that becomes commands.
line 'rm -f victim.txt' script.sh commands.txt
printf 'TARGET=victim.txt\ncleanup() { rm -f "$TARGET"; }\n' >env.sh
printf 'victim.txt\nnew.txt\n' >files.txt
printf 'victim.txt\0with space.txt\0' >files0.txt
printf -- '-rf\nscratch\n' >args.txt
printf -- '--- a/c.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-gamma\n' >remove.patch
printf -- '--- a/d.txt\n+++ b/d.txt\n@@ -1 +1 @@\n-delta\n+DELTA\n' >change.patch
# Archives to extract: they hold a.txt and c.txt with other contents, and new files.
staging=$(mktemp -d)
(
  cd "$staging"
  line 'from an archive' a.txt c.txt sub/x.txt sub/y.txt
  chmod 600 c.txt
  tar cf arch.tar a.txt c.txt sub
  tar czf arch.tgz a.txt c.txt sub
  if command -v zip >/dev/null; then zip -qr arch.zip a.txt c.txt sub; fi
  if command -v cpio >/dev/null; then printf '%s\n' a.txt c.txt | cpio -o --quiet >arch.cpio; fi
  printf 'packed\n' >packed.txt
  gzip -k packed.txt
  if command -v bzip2 >/dev/null; then bzip2 -k packed.txt; fi
  if command -v xz >/dev/null; then xz -k packed.txt; fi
  if command -v zstd >/dev/null; then zstd -q -k packed.txt; fi
  rm -r packed.txt a.txt c.txt sub
)
mv "$staging"/* .
rmdir "$staging"
