import torch

# Networks this small gain nothing from threads that wait for each other, and lose much beside other work.
torch.set_num_threads(1)
