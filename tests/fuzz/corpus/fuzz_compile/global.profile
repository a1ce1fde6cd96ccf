[bmprofile] local_layer: layer_id=7 layer_type=Add layer_name=
[bmprofile] tensor_id=6 is_in=1 shape=[1x8x56x4] dtype=2 nslice=1 hslice=28
[bmprofile] tensor_id=7 is_in=0 shape=[1x8x56x4] dtype=2 nslice=1 hslice=28
[bmprofile] gdma cmd_id bd_id=0 gdma_id=1 bd_func=3 core=1
[bmprofile] end parallel.
