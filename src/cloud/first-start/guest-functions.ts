/**
 * What the script of a guest's start calls: POSIX sh, with what BusyBox and Debian share. Where they differ (users and
 * groups), whichever there is.
 */
export const GUEST_FUNCTIONS = `
say() { printf 'first start: %s\\n' "$*"; }
fail() { say "FAILED: $*"; failed=1; }

# Sets uid, gid and home of a user.
find_user() {
  uid=
  while IFS=: read -r user _ uid gid _ home _; do
    [ "$user" = "$1" ] && return
  done < /etc/passwd
  uid=
  return 1
}

set_hostname() { # name, line of /etc/hosts
  [ "$(cat /etc/hostname 2>/dev/null)" = "$1" ] || echo "$1" > /etc/hostname
  echo "$1" > /proc/sys/kernel/hostname
  grep -qxF "$2" /etc/hosts && return
  sed -i '/^127\\.0\\.1\\.1[[:space:]]/d' /etc/hosts && echo "$2" >> /etc/hosts
}

add_key() { # user, line of authorized_keys
  find_user "$1" || return
  [ -d "$home/.ssh" ] || mkdir -p -m 700 "$home/.ssh" || return
  file=$home/.ssh/authorized_keys
  grep -qxF -e "$2" "$file" 2>/dev/null || printf '%s\\n' "$2" >> "$file" || return
  chmod 600 "$file" && chown "$uid:$gid" "$home/.ssh" "$file"
}

has() { command -v "$1" > /dev/null; }

add_group() {
  grep -q "^$1:" /etc/group && return
  if has groupadd; then groupadd "$1"; else addgroup "$1"; fi
}

add_to_group() { # user, group
  add_group "$2" || return
  if has usermod; then usermod -a -G "$2" "$1"; else addgroup "$1" "$2"; fi
}

# name, home, shell, gecos, uid, primary group, 1 for a system user, 1 without a home; empty: as the system has it
add_user() {
  if find_user "$1"; then say "the user $1 is there already"; return; fi
  [ -z "$6" ] || add_group "$6" || return
  if has useradd; then
    make_home=-m
    [ -z "$8" ] || make_home=-M
    useradd \${2:+-d "$2"} \${3:+-s "$3"} \${4:+-c "$4"} \${5:+-u "$5"} \${6:+-g "$6"} \${7:+-r} "$make_home" "$1"
  else
    adduser -D \${2:+-h "$2"} \${3:+-s "$3"} \${4:+-g "$4"} \${5:+-u "$5"} \${6:+-G "$6"} \${7:+-S} \${8:+-H} "$1"
  fi
}

# Waits until a command succeeds, for ten seconds at most.
wait_for() {
  tries=0
  until "$@" > /dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || return 1
    sleep 0.1
  done
}

# Has the SSH server take passwords: OpenSSH's, or Dropbear as the image starts it.
allow_passwords() {
  if [ -d /etc/ssh/sshd_config.d ]; then
    echo 'PasswordAuthentication yes' > /etc/ssh/sshd_config.d/10-tabvisor.conf
    ! has systemctl || systemctl try-reload-or-restart ssh
  elif grep -q '^dropbear .*-s' /etc/rc.local 2>/dev/null; then
    sed -i '/^dropbear /s/ -s//' /etc/rc.local
    # The shell that starts it may have read the line as it was. Its port is free when the old one has gone.
    wait_for pidof dropbear || return 0
    killall dropbear
    wait_for eval '! pidof dropbear' && dropbear -R -w 9>&-
  fi
}

set_password() { printf '%s:%s\\n' "$1" "$2" | chpasswd -e; } # user, as in shadow(5)

add_sudo() { # user, rule
  if [ -d /etc/sudoers.d ]; then
    file=/etc/sudoers.d/90-cloud-init-users
    printf '%s %s\\n' "$1" "$2" >> "$file" && chmod 440 "$file"
    return
  fi
  [ -f /etc/doas.conf ] || return
  case $2 in
    'ALL=(ALL)'*NOPASSWD:*ALL | 'ALL=(ALL:ALL)'*NOPASSWD:*ALL)
      echo "permit nopass setenv { PS1 SUDO_USER=\\$USER PATH } $1" >> /etc/doas.conf ;;
    *) say "warning: the sudo rule of $1 is ignored: doas has no such rule: $2" ;;
  esac
}

# path, mode, owner, 1 to append, 1 to unpack; its content as base64 on stdin
put_file() {
  mkdir -p "$(dirname "$1")" || return
  if [ -n "$5" ]; then decode() { base64 -d | gunzip -c; }; else decode() { base64 -d; }; fi
  if [ -n "$4" ]; then decode >> "$1"; else decode > "$1"; fi || return
  chmod "$2" "$1" || return
  [ -z "$3" ] || chown "$3" "$1"
}

# Without the script on stdin, and as a command line of its own: what it sets is nobody else's.
run() { # what it is, program
  "$2" < /dev/null 9>&-
  status=$?
  [ "$status" = 0 ] || fail "$1 ended with exit status $status"
}
`;
