/**
 * What the guest's agent runs as root for the machine's disks: POSIX sh, with what BusyBox and util-linux share. A disk
 * is named by its PCI address (`$1`, or all arguments), since the guest numbers its disks as it finds them. Mount points
 * are printed as in /proc/self/mountinfo, with octal escapes (proc(5)).
 */

/** Sets `disk` to the guest's name of the disk at $1, and `numbers` to " major:minor=name …" of it and its partitions. */
const FIND_DISK = `
find_disk() {
  disk=
  for block in /sys/bus/pci/devices/"$1"/virtio*/block/*; do
    [ -e "$block/dev" ] || continue
    disk=\${block##*/}
    for dir in "$block" "$block/$disk"*; do
      [ -r "$dir/dev" ] && read -r number < "$dir/dev" && numbers="$numbers$number=\${dir##*/} "
    done
  done
}
numbers=" "`;

/** Looks for new devices; prints the disk's name, or fails when there is none. */
export const RESCAN = `${FIND_DISK}
echo 1 > /sys/bus/pci/rescan || exit 2
for try in 1 2 3 4 5 6 7 8 9 10; do
  find_disk "$1"
  [ -n "$disk" ] && echo "$disk" && exit 0
  sleep 0.1
done
exit 1`;

/** Prints "address name" of every disk that the guest has. */
export const NAMES = `${FIND_DISK}
for address; do
  find_disk "$address"
  [ -z "$disk" ] || echo "$address $disk"
done`;

/** Exit status of `RELEASE` when the disk is in use; its output says by what. */
export const IN_USE = 16;

/**
 * Lets go of the disk: nothing of it is left in the guest. With a second argument it does so though the disk is in use.
 * Re-reading the partition table is how the kernel tells of what /proc does not show, as mounts of other namespaces.
 */
export const RELEASE = `${FIND_DISK}
use() { echo "$@"; used=1; }
is_ours() { case $1 in /dev/"$disk" | /dev/"$disk"[0-9]*) return 0 ;; esac; return 1; }
pci=/sys/bus/pci/devices/$1
[ -e "$pci" ] || exit 0
find_disk "$1"
if [ -n "$disk" ] && [ -z "$2" ]; then
  used=
  while read -r id parent number root where rest; do
    case $numbers in *" $number="*) use mount "$where" ;; esac
  done < /proc/self/mountinfo
  [ ! -r /proc/swaps ] || while read -r name rest; do
    ! is_ours "$name" || use swap "$name"
  done < /proc/swaps
  for holder in /sys/block/"$disk"/holders/* /sys/block/"$disk/$disk"*/holders/*; do
    [ ! -e "$holder" ] || use holder "\${holder##*/}"
  done
  for file in /sys/block/loop*/loop/backing_file; do
    [ -r "$file" ] && read -r name < "$file" && is_ours "$name" || continue
    name=\${file#/sys/block/}
    use holder "\${name%%/*}"
  done
  set -- "$1"
  for node in /dev/"$disk" /dev/"$disk"[0-9]*; do
    [ ! -e "$node" ] || set -- "$@" "$node"
  done
  shift
  for process in $(fuser "$@" 2> /dev/null); do use process "$process"; done
  if [ -z "$used" ]; then
    case $(blockdev --rereadpt /dev/"$disk" 2>&1) in *busy*) use holder kernel ;; esac
  fi
  [ -z "$used" ] || exit ${IN_USE}
  blockdev --flushbufs /dev/"$disk" || exit 2
fi
echo 1 > "$pci/remove"`;

/** Grows every mounted file system of the disk; prints "type before-blocks block-bytes after-blocks block-bytes where". */
export const GROW = `${FIND_DISK}
find_disk "$1"
seen=" "
while read -r id parent number root where rest; do
  case $numbers in *" $number="*) ;; *) continue ;; esac
  case $seen in *" $number "*) continue ;; esac
  seen="$seen$number "
  name=\${numbers#*" $number="}
  name=\${name%% *}
  rest=\${rest#*- }
  type=\${rest%% *}
  path=$(printf '%b' "$where")
  before=$(stat -f -c '%b %S' "$path") || exit 1
  case $type in
    ext[234]) resize2fs /dev/"$name" > /dev/null ;;
    xfs) xfs_growfs "$path" > /dev/null ;;
    btrfs) btrfs filesystem resize max "$path" > /dev/null ;;
    *) echo "a $type on $where cannot be grown" >&2; false ;;
  esac || exit 1
  after=$(stat -f -c '%b %S' "$path") || exit 1
  echo "$type $before $after $where"
done < /proc/self/mountinfo`;

/** What is frozen thaws by itself after so long, whatever becomes of us: a guest must not hang for a snapshot. */
const THAW_SECONDS = 15;

/**
 * Freezes the file systems of all disks named; prints "frozen", and thaws them when its input ends. "thawed" follows
 * when they were frozen all the while. The watchdog has a session of its own: it outlives this program's.
 */
export const FREEZE = `${FIND_DISK}
for address; do find_disk "$address"; done
set --
seen=" "
while read -r id parent number root where rest; do
  case $numbers in *" $number="*) ;; *) continue ;; esac
  case $seen in *" $number "*) continue ;; esac
  seen="$seen$number "
  set -- "$(printf '%b' "$where")" "$@"
done < /proc/self/mountinfo
frozen=0
thaw() {
  thawed=1
  for path; do
    [ "$frozen" -gt 0 ] || break
    frozen=$((frozen - 1))
    fsfreeze --unfreeze "$path" 2> /dev/null || thawed=
  done
  kill "$watchdog" 2> /dev/null
}
sync
setsid sh -c 'sleep ${THAW_SECONDS}; for path; do fsfreeze --unfreeze "$path"; done' sh "$@" < /dev/null > /dev/null 2>&1 &
watchdog=$!
trap 'thaw "$@"; exit 1' HUP INT TERM
for path; do
  if ! fsfreeze --freeze "$path" >&2; then
    thaw "$@"
    echo "$path: cannot be frozen" >&2
    exit 1
  fi
  frozen=$((frozen + 1))
done
echo frozen
read -r line
thaw "$@"
[ -n "$thawed" ] && echo thawed`;
