#!/bin/sh
# boot.sh TREE EXCHANGE NAME: boots the Debian root TREE under its own systemd, until it shuts down.
# To be run in a mount namespace of its own: what is mounted here goes with it. The tree itself is never written to.
set -eu
tree=$1 exchange=$2 name=$3

mount -t tmpfs tmpfs /run
# Debian 12 has the unified hierarchy of control groups; whatever this machine has, the guest gets that one.
umount --recursive /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p "/sys/fs/cgroup/$name"
echo $$ > "/sys/fs/cgroup/$name/cgroup.procs"

mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/written /mnt/work /mnt/root
mount -t overlay -o "lowerdir=$tree,upperdir=/mnt/written,workdir=/mnt/work" overlay /mnt/root

# 133: it wants to be started again, for it was rebooted.
code=133
while [ $code = 133 ]; do
  code=0
  systemd-nspawn --quiet --boot --register=no --keep-unit --console=pipe --directory=/mnt/root --machine="$name" \
    --hostname=studio --bind-ro="$exchange:/exchange" || code=$?
done

echo $$ > /sys/fs/cgroup/cgroup.procs
find "/sys/fs/cgroup/$name" -depth -type d -exec rmdir {} +
exit $code
