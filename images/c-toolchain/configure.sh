useradd --system --create-home --home-dir /var/lib/compiler --shell /usr/sbin/nologin compiler
systemctl --quiet enable compiler
