from hypothesis import settings

settings.load_profile("steady")  # other examples each time, whatever was collected before
