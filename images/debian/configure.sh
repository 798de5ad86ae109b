# In the root of every Debian image, once its packages and files are there.

useradd --create-home --shell /bin/bash --groups sudo,adm,systemd-journal --comment "Default user" admin
install -d -m 700 -o admin -g admin /home/admin/.ssh
passwd --quiet --lock root
chmod 440 /etc/sudoers.d/admin
install -d /var/lib/tabvisor

# The day on which passwords were changed is that of the build.
sed -i -E "s/^([^:]*:[^:]*:)[0-9]+:/\1$((SOURCE_DATE_EPOCH / 86400)):/" /etc/shadow

systemctl --quiet enable tabvisor-first-boot tabvisor-agent tabvisor-console systemd-networkd ssh
systemctl --quiet disable systemd-networkd-wait-online systemd-pstore e2scrub_reap getty@tty1
# No kernel modules, no consoles but one, no screen, no second disk to look at.
for unit in \
	modprobe@.service systemd-modules-load.service kmod-static-nodes.service systemd-network-generator.service \
	dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount systemd-firstboot.service \
	systemd-logind.service systemd-journal-flush.service \
	e2scrub_all.timer apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer; do
	ln -sf /dev/null "/etc/systemd/system/$unit"
done
mkdir -p /etc/systemd/system-generators
for generator in getty gpt-auto debug hibernate-resume cryptsetup integritysetup veritysetup rc-local bless-boot; do
	ln -sf /dev/null "/etc/systemd/system-generators/systemd-$generator-generator"
done

# Made anew in every machine: empty means so to systemd (machine-id(5)).
: >/etc/machine-id
rm -f /var/lib/systemd/random-seed /etc/update-motd.d/10-uname
if [ -e /usr/bin/python3 ]; then
	# By the sources' times, which are the disk's.
	find /usr/lib/python3* -name '*.py' -newermt "@$SOURCE_DATE_EPOCH" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
	find /usr/lib/python3* -name __pycache__ -prune -exec rm -r {} +
	python3 -m compileall -q --invalidation-mode timestamp /usr/lib/python3* || true
fi
# Nothing was changed since these were written: no update of caches at boot (systemd-update-done.service(8)).
touch -d "@$SOURCE_DATE_EPOCH" /etc/.updated /var/.updated
