# In the root of debian-12: cloud-init does its work when the login is up, started by a timer of ours.

systemctl --quiet enable tabvisor-cloud-init.timer
for unit in cloud-init-local.service cloud-init-hotplugd.socket; do
	ln -sf /dev/null "/etc/systemd/system/$unit"
done
ln -sf /dev/null /etc/systemd/system-generators/cloud-init-generator
