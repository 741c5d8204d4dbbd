content of hooks/deploy.sh
