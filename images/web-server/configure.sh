rm -f /var/www/html/index.nginx-debian.html
systemctl --quiet enable nginx
# One processor: one worker.
sed -i 's/^worker_processes .*/worker_processes 1;/' /etc/nginx/nginx.conf
