#!/usr/bin/env bash
# From a fresh clone to a trained video transformer, in minutes on a CPU:
# environment, motion data set, training, multi-view test, a prediction with its picture.
set -euo pipefail
source "$(dirname "$0")/env.sh"

DATA=data/motion
WORK=work_dirs
N=$(python -c 'import torch; print(max(torch.cuda.device_count(), 1))')
PORT=${PORT:-$(python -c 'import socket; s = socket.socket(); s.bind(("", 0)); print(s.getsockname()[1])')}
export PORT

# The lists are written last: where val.txt is, the data set is whole.
if [ ! -f "$DATA/val.txt" ]; then
    echo "== Rendering the motion data set into $DATA"
    python tools/data/make_motion_dataset.py "$DATA"
fi

train_and_test() { # config; the accuracy is left in work_dirs/CONFIG/accuracy
    local work=$WORK/$1
    echo "== Training configs/$1.py on $N process(es); log, config and weights in $work"
    # The configs are for 16 clips a step, however many processes share them.
    bash tools/dist_train.sh "configs/$1.py" "$N" --work-dir "$work" \
        --cfg-options train_dataloader.batch_size=$((N < 16 ? 16 / N : 1))
    echo "== Testing it on 2 temporal x 3 spatial views"
    bash tools/dist_test.sh "configs/$1.py" "$work/epoch_8.pth" "$N" --work-dir "$work" |
        tee "$work/test.log"
    sed -nE 's|.*acc/top1: ([0-9.]+).*|\1|p' "$work/test.log" | tail -n 1 > "$work/accuracy"
}

train_and_test xvit_motion
train_and_test xvit_motion_window0

VIDEO=$DATA/val/00004.mp4
echo "== Predicting $VIDEO"
python tools/predict.py configs/xvit_motion.py "$WORK/xvit_motion/epoch_8.pth" "$VIDEO" \
    --labels "$DATA/classes.txt" --out "$WORK/prediction.png"

cat <<EOF

Top-1 accuracy on the motion validation set, 6 views, chance 0.125:
  X-ViT, window=1                     $(cat "$WORK/xvit_motion/accuracy")
  window=0 and frame averaging        $(cat "$WORK/xvit_motion_window0/accuracy")
One frame does not tell a motion: what lies between the two is what the attention sees of
the frames before and after.

The picture of the prediction: $WORK/prediction.png
Next, in the environment (source .venv/bin/activate):
  tools/dist_train.sh configs/laps_motion.py $N    LAPS on the same data; tps_motion.py is TPS
  tools/dist_train.sh configs/xvit_ssv2.py 8      X-ViT-B/16 on Something-Something V2
  README.md                                       use it in your own MMAction2 config
EOF
