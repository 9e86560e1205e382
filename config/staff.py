"""Django's admin as our staff pages: `retailers.staff.StaffSite` in place of the stock site."""

from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    default_site = "retailers.staff.StaffSite"
