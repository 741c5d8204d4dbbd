content of tools/build.sh
